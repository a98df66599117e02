// Package agentfile reads files of agents, CSV or NDJSON, row by row in bounded memory. It checks
// the form of a row; whether an agent may be so is the registry's matter.
package agentfile
