/// Which Martlet this is.
package enum MartletVersion {
    package static let text = "0.1.0"
}
