import fc from 'fast-check';

// The same random cases for every mutant, no search for the smallest case that fails, because that it fails is the answer, and no more
// cases than fit into a moment: most mutants that outlive it outlive all of them.
fc.configureGlobal({ seed: 20_260_101, endOnFailure: true, interruptAfterTimeLimit: 150 });
