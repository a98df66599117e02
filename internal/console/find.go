package console

// findRoutes are the pages and actions of this area.
func (c *Console) findRoutes() {}
