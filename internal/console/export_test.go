package console

import "io"

// Actions gives the routes of the API that forms lead to.
func (c *Console) Actions() []string { return c.actions }

// Pages gives the addresses of the pages.
func (c *Console) Pages() []string { return c.paths }

// FormPath gives the address of the forms for a route.
func FormPath(pattern string) string { return formPath(pattern) }

// KeptZones gives how many zones are kept of those that browsers say.
func KeptZones(names []string) int {
	var z zones
	for _, name := range names {
		z.find(name, nil)
	}
	return len(z.read)
}

// TableOf writes an export as CSV.
func TableOf(w io.Writer, lines io.Reader) error { return tableOf(w, lines) }
