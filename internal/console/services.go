package console

// servicesRoutes are the pages and actions of this area.
func (c *Console) servicesRoutes() {}
