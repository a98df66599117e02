// Package switchboard is the Go client of Switchboard: the system of record for who may run which
// service, from which device.
//
// A Client speaks the agent service API that clients of Eko Platform Services speak: it signs each
// request, and gives typed answers and errors.
//
//	c := switchboard.NewClient("http://127.0.0.1:8080", switchboard.Credentials{
//		DeveloperKey: "…", AccessKey: "…", InitiatorID: "9962981729",
//	})
//	act, err := c.ActivateService(ctx, "20810200", "45", switchboard.ActivateOptions{})
//
// A MobileClient speaks the mobile banking API for a channel: a USSD gateway, or an app's back end.
//
// An Operator speaks the operator's API, over its Unix socket or with a token; the commands of the
// switchboard binary use nothing else. The package holds the wire's types, and no rule.
package switchboard
