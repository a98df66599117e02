package console

// plansRoutes are the pages and actions of this area.
func (c *Console) plansRoutes() {}
