/// Every bound on what a script may be and what running it may cost, each with its reason.
///
/// A script that breaks one of the first group is refused when it is checked. One that breaks another while it runs is
/// ended there: the message is kept and the owner is told.
package struct SieveLimits: Hashable, Sendable {
    package init() {}

    // MARK: - Scripts

    /// Octets of one script. Generated ones with long address lists stay below 200 KiB.
    package var scriptOctetsMax = 1_024 * 1_024

    /// Octets of an identifier or tag; the longest in use have 22.
    package var identifierOctetsMax = 32

    /// Arguments of one command or test; the richest known (`vacation`) has 20.
    package var argumentsMax = 32

    /// Blocks within blocks, so that neither checking nor running can exhaust the stack.
    package var blockNestingMax = 32

    /// Tests within tests, for the same reason.
    package var testNestingMax = 32

    /// Mistakes reported for one script; who makes more wants to see the first ones first.
    package var diagnosticsMax = 100

    /// Variables of one script. RFC 5229 §3 asks for at least 128.
    package var variablesMax = 255

    // MARK: - Running

    /// Steps of one run: a command, a test, a comparison, a field or part passed over, a variable put in and 64 octets
    /// compared or put together count one each, a regular expression one for each state it looks at. 20 million of the
    /// dearest kind take less than two seconds of one core, which is the most that a script may cost.
    package var stepsMax = 20_000_000

    /// Octets of a variable's value; what is longer is cut. RFC 5229 §3 asks for at least 4,000.
    package var variableOctetsMax = 64 * 1_024

    /// Octets of a string after its variables are put in; what is longer is cut.
    package var stringOctetsMax = 1_024 * 1_024

    /// The highest match value `${n}`. RFC 5229 §3.2 asks for at least 9.
    package var matchValuesMax = 32

    /// Actions of one message, all scripts together.
    package var actionsMax = 32

    /// Redirects of one message, so that no account becomes a mail multiplier. RFC 5228 §10.
    package var redirectsMax = 4

    /// Notifications of one message. RFC 5435 §8.
    package var notificationsMax = 4

    /// Scripts included by one run, all levels together. RFC 6609 §3.2.
    package var includesMax = 255

    /// Includes within includes.
    package var includeNestingMax = 10

    /// Header changes of one message.
    package var headerEditsMax = 100

    /// Octets of a header field that a script adds. RFC 5293 §4.
    package var headerFieldOctetsMax = 2_048

    /// Nested `foreverypart` loops. RFC 5703 §3 asks for at least 4.
    package var loopNestingMax = 4

    /// Octets that a message may grow to by `replace` and `enclose`.
    package var editedMessageOctetsMax = 64 * 1_024 * 1_024

    /// Entries of a trace; a loop over thousands of parts would fill memory with it.
    package var traceEntriesMax = 10_000

    /// Flags of one message.
    package var flagsMax = 64

    // MARK: - Regular expressions

    /// Octets of a pattern.
    package var regexOctetsMax = 16 * 1_024

    /// States a pattern may be translated to: `((a{50}){50}){50}` would have 125,000.
    package var regexStatesMax = 20_000

    /// The highest count in `{m,n}`. POSIX asks for at least 255.
    package var regexRepeatsMax = 255

    /// Steps of a single match, a part of ``stepsMax``.
    package var regexStepsMax = 2_000_000

    /// Octets of a value that are looked at; of a longer one, a body mostly, the beginning is.
    package var regexValueOctetsMax = 1_024 * 1_024

    /// Parentheses within parentheses.
    package var regexNestingMax = 64

    // MARK: - Time

    /// Seconds a duplicate is remembered at the most. RFC 7352 §3.
    package var duplicateSecondsMax: UInt64 = 7 * 86_400

    /// Seconds it is remembered when the script does not say.
    package var duplicateSecondsDefault: UInt64 = 12 * 3_600

    /// Seconds between two vacation answers to one sender at the least. RFC 5230 §4.1; RFC 6131 §2.
    package var vacationSecondsMin: UInt64 = 86_400

    /// The same when the script does not say.
    package var vacationSecondsDefault: UInt64 = 7 * 86_400

    /// Characters of an answer's subject.
    package var vacationSubjectCharactersMax = 256

    /// The same at the most.
    package var vacationSecondsMax: UInt64 = 90 * 86_400
}
