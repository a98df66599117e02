package console

// channelsRoutes are the pages and actions of this area.
func (c *Console) channelsRoutes() {}
