// Package channel owns what a Channel is: a USSD gateway or an app's back end that calls for members,
// its secrets and where it may call from. It is pure.
package channel
