package registry

import "github.com/switchboard-platform/switchboard/internal/store"

// MemberCallKey is the key under which a call of a channel is remembered.
func MemberCallKey(channelID, requestID string) store.CallKey {
	return memberCallKey(channelID, requestID)
}
