package answer

import "github.com/switchboard-platform/switchboard"

// Page makes a page of a list that was asked for one entry more than the page holds.
func Page[T, W any](list []T, limit int, wire func(T) W, key func(T) string) switchboard.Page[W] {
	p := switchboard.Page[W]{Items: make([]W, 0, min(len(list), limit))}
	if len(list) > limit {
		list = list[:limit]
		p.Next = key(list[limit-1])
	}
	for _, x := range list {
		p.Items = append(p.Items, wire(x))
	}
	return p
}
