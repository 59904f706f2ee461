package features

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
)

// Recipe says how a classifier is trained: its data, network and optimisation, by AdamW with
// a rate that falls in half a cosine. The same recipe gives the same weights.
type Recipe struct {
	Data     string  `yaml:"data"`
	Channels int     `yaml:"channels"`
	Levels   []int   `yaml:"levels"`
	Batch    int     `yaml:"batch"`
	Steps    int     `yaml:"steps"`
	LR       float64 `yaml:"lr"`
	Warmup   int     `yaml:"warmup"`
	Decay    float64 `yaml:"decay"`
	Seed     uint64  `yaml:"seed"`

	data    choice.Choice // which Data says
	heldOut choice.Choice // the test set of it
}

// recipes is the section that a recipe is.
var recipes = choice.Table[any]{What: "recipe", Common: []choice.Param{
	{Name: "data", Default: "digits:split=train", About: "images with classes and a test set"},
	{Name: "channels", Default: 16, In: choice.Between(1, 1024, "channels"),
		About: "channels of the network, a residual one: its cost grows with the square"},
	{Name: "levels", Default: []int{1, 2, 4},
		About: "channels of each level, as multiples; each halves the side",
		In: choice.Where("between 1 and 8 multiples of channels, each between 1 and 64", func(v []int) bool {
			for _, times := range v {
				if times < 1 || times > 64 {
					return false
				}
			}
			return len(v) > 0 && len(v) <= 8
		})},
	{Name: "batch", Default: 100, In: choice.Between(1, 1<<14, "images"), About: "images of a step"},
	{Name: "steps", Default: 1000, In: choice.AtLeast(1, "steps"), About: "steps of the training"},
	{Name: "lr", Default: 3e-3, In: choice.Positive, About: "learning rate at its top"},
	{Name: "warmup", Default: 100, In: choice.AtLeast(0, "steps"), About: "steps in which the rate climbs"},
	{Name: "decay", Default: .05, In: choice.NotBelow0,
		About: "share of lr by which matrices shrink each step"},
	{Name: "seed", Default: uint64(0), About: "of the weights and of the order of the images"},
}}

// RecipeTable is the section that a recipe is, for whoever lists its keys.
func RecipeTable() choice.Table[any] { return recipes }

// ParseRecipe reads a recipe, the text of a YAML file, in which set changes keys: key=value.
// Its error has all faults.
func ParseRecipe(text []byte, set []string) (*Recipe, error) {
	given, err := keys(text)
	if err != nil {
		return nil, err
	}
	return changed(given, set)
}

// UsualRecipe is the usual one for such data, in which set changes keys.
func UsualRecipe(data choice.Choice, set []string) (*Recipe, error) {
	return changed(choice.Values{"data": data.String()}, set)
}

// changed is the recipe with the given keys, some of which set changes.
func changed(given choice.Values, set []string) (*Recipe, error) {
	for _, s := range set {
		key, text, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return nil, &choice.Fault{Path: "set", Got: choice.Show(s), Want: "key=value, like steps=2000"}
		}
		given[key] = text
		if inside, list := strings.CutPrefix(text, "["); list {
			given[key] = strings.FieldsFunc(strings.TrimSuffix(inside, "]"), func(r rune) bool {
				return r == ',' || r == ' '
			})
		}
	}
	return recipeOf(given)
}

// recipeOf is the recipe with those keys, the others as usual.
func recipeOf(given choice.Values) (*Recipe, error) {
	_, full, faults := recipes.Resolve("", choice.Choice{Params: given}, nil)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	r := &Recipe{}
	full.Fill("", r)
	return r, r.check()
}

// keys are those of a YAML mapping, values as text or lists of texts.
func keys(text []byte) (choice.Values, error) {
	var file yaml.Node
	given := choice.Values{}
	if len(bytes.TrimSpace(text)) == 0 {
		return given, nil
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("features: recipe: %w", err)
	}
	if len(file.Content) != 1 || file.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("features: recipe: got no keys, want key: value")
	}
	pairs := file.Content[0].Content
	for i := 0; i < len(pairs); i += 2 {
		key, v := pairs[i].Value, pairs[i+1]
		if _, twice := given[key]; twice {
			return nil, fmt.Errorf("features: recipe: line %d: %s is given twice", pairs[i].Line, key)
		}
		switch v.Kind {
		case yaml.ScalarNode:
			given[key] = v.Value
		case yaml.SequenceNode:
			list := []string{}
			for _, item := range v.Content {
				list = append(list, item.Value)
			}
			given[key] = list
		default:
			return nil, fmt.Errorf("features: recipe: line %d: %s: got a section, want a value or a list",
				v.Line, key)
		}
	}
	return given, nil
}

// check reads what the parts of the recipe name.
func (r *Recipe) check() (err error) {
	fault := func(got, want string) error { return &choice.Fault{Path: "data", Got: got, Want: want} }
	if r.data, err = choice.Parse(r.Data); err != nil {
		return fault(choice.Show(r.Data), "a source of data, like digits:split=train")
	}
	_, full, faults := datasets.Sources.Resolve("data", r.data, nil)
	if len(faults) > 0 {
		return faults
	}
	r.data = full
	held, ok := datasets.HeldOut(r.data)
	if !ok {
		return fault(r.Data, "a training set that has a test set, which says how good the classifier is")
	}
	r.heldOut = held
	_, err = r.optimizer().Update()
	return err
}

// optimizer is how the weights move.
func (r *Recipe) optimizer() experiment.Optimizer {
	return experiment.Optimizer{Kind: "adamw", LR: r.LR, Schedule: "cosine", Warmup: r.Warmup, Clip: 1,
		Params: choice.Values{"decay": r.Decay}}
}

// text is the recipe in one line.
func (r *Recipe) text() string {
	c := choice.Gather("", r)
	c.Kind = recipes.What
	return c.String()
}

// readRecipe reads what text prints.
func readRecipe(text string) (*Recipe, error) {
	c, err := choice.Parse(text)
	if err != nil || c.Kind != recipes.What {
		return nil, &choice.Fault{Path: recipes.What, Got: choice.Show(text), Want: "one that was kept"}
	}
	return recipeOf(c.Params)
}
