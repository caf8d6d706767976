/// A tool that a test needs is missing or failed; says what to install.
package struct TestToolError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
