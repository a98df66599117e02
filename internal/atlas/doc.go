// Package atlas answers where agents are: it holds every agent's place and states in a few bytes, and makes of them
// what fits on a map. It reads the agents through package registry, when somebody first asks for a map, follows the
// record from there, and forgets them when nobody has asked for long. It changes nothing.
package atlas
