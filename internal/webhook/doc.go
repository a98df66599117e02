// Package webhook owns what a webhook is: an Endpoint of a partner with its filter and secrets, the Delivery
// of an event to it, when a delivery is tried again, and which addresses are never called. It is pure: it
// sends nothing and knows no clock; package courier sends.
package webhook
