package console

// reviewsRoutes are the pages and actions of this area.
func (c *Console) reviewsRoutes() {}
