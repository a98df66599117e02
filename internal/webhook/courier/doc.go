// Package courier sends webhooks: it has what is recorded made into deliveries, claims those that are due,
// signs and sends them to public addresses alone, and notes how each attempt ended. Which endpoints there are
// and what is due is the registry's matter; DESIGN.md beside package webhook has the whole story.
package courier
