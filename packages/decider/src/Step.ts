/**
 * The shape all our deciders share: a state and an input give the next state and what is to be done about it.
 *
 * A decider asks for nothing: time and chance are part of the input. The same state and input give the same step,
 * in the server, in the simulator and in a test.
 */
export type Step<State, Output> = readonly [state: State, outputs: ReadonlyArray<Output>]

export type Decider<State, Input, Output> = (state: State, input: Input) => Step<State, Output>

/** Folds a decider over inputs and gathers everything it said on the way. */
export const play = <State, Input, Output>(
  step: Decider<State, Input, Output>,
  initial: State,
  inputs: Iterable<Input>
): Step<State, Output> => {
  let state = initial
  const said: Array<Output> = []
  for (const input of inputs) {
    const [next, outputs] = step(state, input)
    state = next
    for (const output of outputs) said.push(output)
  }
  return [state, said]
}
