package postgres

// DistributedBy gives the column that says where a row is, of each table that is distributed by one.
func DistributedBy() map[string]string {
	m := map[string]string{}
	for _, p := range layout() {
		if p.by != "" {
			m[p.table] = p.by
		}
	}
	return m
}

// Placed gives every table that has a place in the layout.
func Placed() (tables []string) {
	for _, p := range layout() {
		tables = append(tables, p.table)
	}
	return tables
}
