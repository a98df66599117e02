package trail

// Find looks for a request by its id, whoever's it is. It looks at every entry of every partner.
func (l *Log) Find(requestID string) (partnerID string, e Entry, found bool) {
	if l == nil {
		return "", e, false
	}
	for id, r := range l.rings() {
		if e, found = r.find(requestID); found {
			return id, e, true
		}
	}
	return "", e, false
}

// rings gives the logs of all partners as they are now.
func (l *Log) rings() map[string]*ring {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := make(map[string]*ring, len(l.of))
	for id, r := range l.of {
		list[id] = r
	}
	return list
}

func (r *ring) find(requestID string) (e Entry, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.entries {
		if r.entries[i].RequestID == requestID {
			return r.entries[i], true
		}
	}
	return e, false
}
