// Package term owns by what people are found: how a name is cut into words that can be compared, and which terms
// stand for an agent or a member. It knows nothing of where terms are kept.
package term
