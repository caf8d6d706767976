/// regex (draft-ietf-sieve-regex), whole: the match type `:regex` for all tests, and the modifier `:quoteregex`.
///
/// Patterns are POSIX extended regular expressions over characters, with `\w \W \d \D \s \S \b \B` beside them
/// and without back references. The tag itself is one of ``SieveChecker/matchTags``, the modifier one of
/// ``VariableModifier``.
///
/// Limits: ``SieveLimits/regexOctetsMax``, ``SieveLimits/regexStatesMax``, ``SieveLimits/regexRepeatsMax``,
/// ``SieveLimits/regexNestingMax`` when it is checked, ``SieveLimits/regexStepsMax`` while it runs: the work is at most
/// states times characters, and is counted.
enum RegexExtension {
    /// What `:quoteregex` puts a backslash before.
    static let specialCharacters = ".^$*+?{}()[]|\\"
}
