package model

// WorkflowRuns is what the runs of a workflow on the default branch came to,
// each attempt of a run alone.
type WorkflowRuns struct {
	File   string     // the workflow's name: that of its file
	Known  uint32     // when it was first run
	Ends   []RunEnd   // by At
	Starts []RunStart // by At
}

// RunEnd is how an attempt of a run ended.
type RunEnd struct {
	At         uint32 // Unix seconds
	Duration   uint32 // from the attempt's start
	Timed      bool   // Duration is known
	Conclusion uint8  // its number in derive's Conclusions
	Flaky      bool   // with it the workflow has both failed and succeeded for one commit
}

// RunStart is how long an attempt of a run waited for its first job's start.
type RunStart struct {
	At    uint32 // when the job started
	Queue uint32
}
