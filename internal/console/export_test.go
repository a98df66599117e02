package console

// Actions gives the routes of the API that forms lead to.
func (c *Console) Actions() []string { return c.actions }

// Pages gives the addresses of the pages.
func (c *Console) Pages() []string { return c.paths }

// FormPath gives the address of the forms for a route.
func FormPath(pattern string) string { return formPath(pattern) }
