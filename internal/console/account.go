package console

// accountRoutes are the pages and actions of this area.
func (c *Console) accountRoutes() {}
