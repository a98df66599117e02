package console

// blocksRoutes are the pages and actions of this area.
func (c *Console) blocksRoutes() {}
