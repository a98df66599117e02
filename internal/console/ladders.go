package console

// laddersRoutes are the pages and actions of this area.
func (c *Console) laddersRoutes() {}
