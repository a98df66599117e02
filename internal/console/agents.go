package console

// agentsRoutes are the pages and actions of this area.
func (c *Console) agentsRoutes() {}
