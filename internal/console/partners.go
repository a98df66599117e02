package console

// partnersRoutes are the pages and actions of this area.
func (c *Console) partnersRoutes() {}
