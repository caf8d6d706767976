/// What the grammar called for and where the bytes stopped agreeing with it.
///
/// Deliberately carries no input: the text of a command may hold a password.
package struct WireSyntaxError: Error, Hashable, Sendable {
    package enum Expectation: String, Hashable, Sendable {
        case tag = "a tag"
        case command = "a command"
        case space = "a space"
        case endOfCommand = "the end of the command"
        case number = "a number"
        case nonZeroNumber = "a number from 1 to 4294967295"
        case number64 = "a 63-bit number"
        case atom = "an atom"
        case string = "a string"
        case astring = "an atom or a string"
        case literal = "a literal"
        case quoted = "a quoted string"
        case nilOrString = "a string or NIL"
        case mailbox = "a mailbox name in modified UTF-7"
        case mailboxPattern = "a mailbox pattern"
        case sequenceSet = "a sequence set"
        case sequenceSetSize = "fewer elements in the sequence set"
        case flag = "a flag"
        case flagList = "a list of flags"
        case keyword = "a keyword"
        case fetchItem = "a FETCH item"
        case fetchModifier = "a FETCH modifier"
        case fetchItemCount = "fewer FETCH items"
        case section = "a section"
        case sectionPartDepth = "fewer levels in the part number"
        case headerFieldName = "a header field name"
        case headerFieldCount = "fewer header field names"
        case partial = "a partial range"
        case storeItem = "FLAGS, +FLAGS or -FLAGS"
        case storeModifier = "UNCHANGEDSINCE"
        case searchKey = "a search key"
        case searchDepth = "less deeply nested search keys"
        case searchKeyCount = "fewer search keys"
        case searchTextCount = "fewer BODY and TEXT keys"
        case searchReturn = "a search return option"
        case charset = "a charset"
        case date = "a date"
        case dateTime = "a date and time"
        case modSeq = "a modification sequence"
        case statusItem = "a STATUS item"
        case listSelection = "a LIST selection option"
        case listReturn = "a LIST return option"
        case listPatternCount = "fewer or shorter LIST patterns"
        case selectParameter = "CONDSTORE"
        case createParameter = "USE"
        case specialUse = "a special use"
        case metadataEntry = "an annotation's name"
        case metadataEntryCount = "fewer annotations"
        case metadataOption = "MAXSIZE or DEPTH"
        case metadataDepth = "0, 1 or infinity"
        case capability = "a capability"
        case mechanism = "a SASL mechanism"
        case base64 = "base64"
        case idList = "a list of ID fields"
        case idFieldCount = "fewer or shorter ID fields"
        case openParenthesis = "an opening parenthesis"
        case closeParenthesis = "a closing parenthesis"
    }

    package var expected: Expectation

    /// Bytes from the start of the command.
    package var offset: Int

    package init(expected: Expectation, offset: Int) {
        self.expected = expected
        self.offset = offset
    }
}
