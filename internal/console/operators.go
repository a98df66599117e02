package console

// operatorsRoutes are the pages and actions of this area.
func (c *Console) operatorsRoutes() {}
