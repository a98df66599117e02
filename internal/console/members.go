package console

// membersRoutes are the pages and actions of this area.
func (c *Console) membersRoutes() {}
