// Package feed owns what an event looks like to callers from outside, in the change feed and in webhooks
// alike. What they are shown of it is event.Event.Public's matter.
package feed
