// Package openid owns the way of signing in at an OpenID Connect provider: the address a browser is sent to, and whether
// what comes back proves who somebody is there. Who that is here, it does not know. The provider is found when it is first
// needed, so that one that is down stops nothing but this way.
package openid
