// Package deploy holds what an operator needs to run Switchboard beyond one shell: files for systemd, containers,
// Kubernetes, proxies and Grafana. Its tests hold them against the settings and metrics that there really are.
package deploy
