package group

import "sync"

// Stirs wakes those who wait for topics, in this process. The zero value is ready.
type Stirs struct {
	mu     sync.Mutex
	topics map[string]chan struct{}
}

// Stirred gives the channel of a topic.
func (s *Stirs) Stirred(topic string) <-chan struct{} { return s.of(topic) }

// Stir wakes one who waits for a topic, or the next who will.
func (s *Stirs) Stir(topic string) {
	select {
	case s.of(topic) <- struct{}{}:
	default: // it was said already
	}
}

func (s *Stirs) of(topic string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.topics[topic]
	if c == nil {
		if s.topics == nil {
			s.topics = map[string]chan struct{}{}
		}
		c = make(chan struct{}, 1)
		s.topics[topic] = c
	}
	return c
}

// All wakes those of every topic.
func (s *Stirs) All() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.topics {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
