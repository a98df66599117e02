// Package admin is the operator's API over HTTP: what the commands and the console use, and nothing
// else does. On the Unix socket the file's permissions are the door; on TCP a bearer token is. It
// maps wire types to use cases of package registry and holds no rule.
package admin
