package plan

// State is where a plan stands.
type State string

// The states.
const (
	Making    State = "making"       // its items are being collected
	Draft     State = "draft"        // can be looked at; nothing has changed
	Confirmed State = "confirmed"    // is about to begin
	Applying  State = "applying"     // at work
	Stopped   State = "stopped"      // by hand or by errors, half way
	Applied   State = "applied"      // all items had their turn
	Undoing   State = "undoing"      // what was done is being taken back
	Halted    State = "undo-stopped" // undoing was stopped half way
	Undone    State = "undone"       // for good
	Discarded State = "discarded"    // never confirmed, and never will be
)

// States gives every state there is.
func States() []State {
	return []State{Making, Draft, Confirmed, Applying, Stopped, Applied, Undoing, Halted, Undone, Discarded}
}

// AtWork says whether items of a plan in this state are waiting for their turn.
func (s State) AtWork() bool { return s == Confirmed || s == Applying || s == Undoing }

// Command is what somebody, or the work itself, asks of a plan.
type Command string

// The commands. Complete, Begin and Finish are the work's own.
const (
	Complete Command = "complete" // the items are all there
	Confirm  Command = "confirm"
	Begin    Command = "begin"
	Stop     Command = "stop"
	Resume   Command = "resume"
	Finish   Command = "finish"
	Undo     Command = "undo"
	Discard  Command = "discard"
)

// Commands gives every command there is.
func Commands() []Command {
	return []Command{Complete, Confirm, Begin, Stop, Resume, Finish, Undo, Discard}
}

// transitions holds every (state, command) pair that is permitted. One that leads to the state itself has
// nothing to do.
var transitions = map[State]map[Command]State{
	Making:    {Complete: Draft, Discard: Discarded},
	Draft:     {Confirm: Confirmed, Discard: Discarded},
	Confirmed: {Begin: Applying, Stop: Stopped, Resume: Confirmed},
	Applying:  {Begin: Applying, Stop: Stopped, Resume: Applying, Finish: Applied},
	Stopped:   {Stop: Stopped, Resume: Applying, Undo: Undoing},
	Applied:   {Undo: Undoing},
	Undoing:   {Begin: Undoing, Stop: Halted, Resume: Undoing, Undo: Undoing, Finish: Undone},
	Halted:    {Stop: Halted, Resume: Undoing},
	Undone:    {},
	Discarded: {Discard: Discarded},
}

// Next gives the state that a command leads to; ok is false for one that is not permitted.
func (s State) Next(c Command) (to State, ok bool) {
	to, ok = transitions[s][c]
	return to, ok
}
