package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/apptest"
)

var (
	metricNames = regexp.MustCompile(`\b(?:switchboard|process|go)_[a-z_]+`)
	metricLines = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	ownNames    = regexp.MustCompile(`Name: "(switchboard_[a-z_]+)"|gauge\("(switchboard_[a-z_]+)"`)
	grouped     = regexp.MustCompile(`by \(([a-z, ]+)\)`)
	matched     = regexp.MustCompile(`[{,]([a-z_]+)(?:=|!)`)
	ownLabels   = regexp.MustCompile(`\[\]string\{([a-z", ]+)\}\)`)
)

// registered gives the metrics and the labels that the app registers: those of a running one, and those in its source,
// which a running one does not show before their first sample.
func registered(t *testing.T) (names, labels map[string]bool) {
	t.Helper()
	names, labels = map[string]bool{}, map[string]bool{"job": true, "instance": true, "le": true, "quantile": true}
	a := apptest.New(t, apptest.Options{})
	for _, m := range metricLines.FindAllStringSubmatch(fetch(t, "http://"+a.At.Operator+"/metrics"), -1) {
		names[m[1]] = true
		if m[2] == "histogram" || m[2] == "summary" {
			names[m[1]+"_count"], names[m[1]+"_sum"], names[m[1]+"_bucket"] = true, true, m[2] == "histogram"
		}
	}
	sources, _ := filepath.Glob("../internal/app/*.go") // the pattern is good
	for _, file := range sources {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ownNames.FindAllStringSubmatch(string(text), -1) {
			name := m[1] + m[2]
			names[name] = true
			if strings.HasSuffix(name, "_seconds") || strings.HasSuffix(name, "_size") {
				names[name+"_count"], names[name+"_sum"], names[name+"_bucket"] = true, true, true
			}
		}
		for _, m := range ownLabels.FindAllStringSubmatch(string(text), -1) {
			for _, l := range strings.Split(strings.ReplaceAll(m[1], `"`, ""), ",") {
				labels[strings.TrimSpace(l)] = true
			}
		}
	}
	return names, labels
}

// dashboard is what of the dashboard's JSON is looked at.
type dashboard struct {
	Title      string
	Templating struct{ List []struct{ Definition string } }
	Panels     []struct {
		ID      int
		Type    string
		Title   string
		Targets []struct{ Expr, LegendFormat string }
	}
}

func TestGrafana(t *testing.T) {
	t.Parallel()
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, "grafana.json")), &d); err != nil {
		t.Fatal(err)
	}
	names, labels := registered(t)
	check := func(title, expr string) {
		t.Helper()
		for _, name := range metricNames.FindAllString(expr, -1) {
			if !names[name] {
				t.Errorf("%s: %s is no metric of the app", title, name)
			}
		}
		for _, m := range append(grouped.FindAllStringSubmatch(expr, -1), matched.FindAllStringSubmatch(expr, -1)...) {
			for _, l := range strings.Split(m[1], ",") {
				if !labels[strings.TrimSpace(l)] {
					t.Errorf("%s: %q is no label of the app's metrics", title, l)
				}
			}
		}
	}
	for _, v := range d.Templating.List {
		check("variable", v.Definition)
	}
	ids, shown := map[int]bool{}, ""
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: its id %d is another panel's", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			check(p.Title, target.Expr)
			shown += target.Expr + "\n"
		}
	}
	for name := range names {
		if strings.HasPrefix(name, "switchboard_") && ownMetric(name) && !strings.Contains(shown, name) {
			t.Errorf("%s is shown nowhere", name)
		}
	}
}

// ownMetric tells a metric that a dashboard shows from its series, and from the one that the variables are made of.
func ownMetric(name string) bool {
	return name != "switchboard_build_info" && !strings.HasSuffix(name, "_count") && !strings.HasSuffix(name, "_sum") && !strings.HasSuffix(name, "_bucket")
}
