package console

// auditRoutes are the pages and actions of this area.
func (c *Console) auditRoutes() {}
