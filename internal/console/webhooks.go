package console

// webhooksRoutes are the pages and actions of this area.
func (c *Console) webhooksRoutes() {}
