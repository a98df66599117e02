package atlas

const (
	// cellBits says how wide a cell is in which agents become a cluster: the world at zoom 0 is 256 pixels wide and
	// 2^cellBits cells, so that a cell is 64 pixels wide at every zoom.
	cellBits = 2

	// mostCells are looked at, enough for a large screen: who asks for more of the world at once gets wider ones.
	mostCells = 1 << 13
)

// cells is a grid over a frame. Its lines are those of the whole world's, so that clusters stay what they are when
// somebody moves the map.
type cells struct {
	frame      frame
	shift      uint   // a cell is 2^shift wide and high
	west       uint32 // the number of the first column in the world
	north      uint32 // that of the first row
	cols, rows int
	list       []cell // row by row
}

func newCells(f frame, zoom int) cells {
	c := lay(f, uint(32-cellBits-zoom))
	for c.cols*c.rows > mostCells {
		c = lay(f, c.shift+1)
	}
	c.list = make([]cell, c.cols*c.rows)
	return c
}

// lay makes a grid without its cells.
func lay(f frame, shift uint) cells {
	count := func(from, length uint32) int { // of lines that begin between the first cell's and the end
		return int((uint64(from)&(1<<shift-1)+uint64(length))>>shift) + 1
	}
	return cells{frame: f, shift: shift, west: f.from.x >> shift, north: f.from.y >> shift,
		cols: count(f.from.x, f.width), rows: count(f.from.y, f.height)}
}

// at gives the cell of a spot in the frame.
func (c *cells) at(s spot) *cell { return c.cell(s.x>>c.shift, s.y>>c.shift) }

// cell gives one by its column and row in the world. Columns go around it.
func (c *cells) cell(col, row uint32) *cell {
	col = (col - c.west) & (1<<(32-c.shift) - 1)
	return &c.list[int(row-c.north)*c.cols+int(col)]
}

// filled is how many cells have agents.
func (c *cells) filled() (n int) {
	for i := range c.list {
		if c.list[i].agents > 0 {
			n++
		}
	}
	return n
}

// coarser makes one cell of four.
func (c *cells) coarser() cells {
	wide := lay(c.frame, c.shift+1)
	wide.list = make([]cell, wide.cols*wide.rows)
	for i := range c.list {
		col, row := c.west+uint32(i%c.cols), c.north+uint32(i/c.cols)
		if c.list[i].agents > 0 {
			wide.cell(col>>1, row>>1).merge(&c.list[i])
		}
	}
	return wide
}

// cell is what is known of the agents in a part of the map.
type cell struct {
	agents, outside, waiting, blocked uint32

	sumX, sumY  uint64 // of their spots, for the middle
	least, most spot   // the corners of those in it
	one         int32  // an agent of them
}

// add counts an agent. It is called for every agent that is looked at: most of them leave the corners where they are.
func (c *cell) add(s spot, m marks, i int) {
	if c.agents == 0 {
		c.least, c.most, c.one = s, s, int32(i)
	}
	c.agents++
	c.sumX, c.sumY = c.sumX+uint64(s.x), c.sumY+uint64(s.y)
	if m&(isOutside|isWaiting|isBlocked) != 0 {
		c.outside += uint32(m & isOutside / isOutside)
		c.waiting += uint32(m & isWaiting / isWaiting)
		c.blocked += uint32(m & isBlocked / isBlocked)
	}
	if s.x < c.least.x || s.y < c.least.y || s.x > c.most.x || s.y > c.most.y {
		c.reach(s, s)
	}
}

// reach moves the corners so far that others fit in between.
func (c *cell) reach(least, most spot) {
	c.least = spot{min(c.least.x, least.x), min(c.least.y, least.y)}
	c.most = spot{max(c.most.x, most.x), max(c.most.y, most.y)}
}

// merge adds the agents of another cell.
func (c *cell) merge(d *cell) {
	if c.agents == 0 {
		*c = *d
		return
	}
	c.agents, c.outside, c.waiting, c.blocked = c.agents+d.agents, c.outside+d.outside, c.waiting+d.waiting, c.blocked+d.blocked
	c.sumX, c.sumY = c.sumX+d.sumX, c.sumY+d.sumY
	c.reach(d.least, d.most)
}

// cluster is what is shown of the cell.
func (c *cell) cluster(x *index) Cluster {
	n := uint64(c.agents)
	out := Cluster{Agents: int(c.agents), Outside: int(c.outside), Waiting: int(c.waiting), Blocked: int(c.blocked),
		Middle:    spot{uint32(c.sumX / n), uint32(c.sumY / n)}.point(),
		SouthWest: spot{c.least.x, c.most.y}.point(), NorthEast: spot{c.most.x, c.least.y}.point()}
	if n == 1 {
		out.Agent = string(x.code(int(c.one)))
	}
	return out
}
