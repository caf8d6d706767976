internal import ManageSieveWire
internal import Sessions

/// What has to wait for the store, the directory or the compiler, and so runs in a task.
enum ManageSieveWork: Sendable {
    case login(LoginWork)
    case command(ManageSieveCommand)
}
