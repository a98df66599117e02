package console

// mapPoint is a place as the script of small maps takes it.
type mapPoint struct {
	At    string `json:"at"` // "latitude,longitude"
	Label string `json:"label"`
	Kind  string `json:"kind,omitempty"`
}

// addPoint adds a place, unless there is none.
func addPoint(list []mapPoint, latLong, label, kind string) []mapPoint {
	if latLong == "" {
		return list
	}
	return append(list, mapPoint{latLong, label, kind})
}
