package console

// mappingRoutes are the pages and actions of this area.
func (c *Console) mappingRoutes() {}
