package console

// homePage is what one sees first.
type homePage struct{ *visit }

func (c *Console) homeRoutes() {
	c.page("GET /{$}", "home", (*visit).home)
}

func (v *visit) home() (any, error) { return homePage{v}, nil }
