require "fileinto";
if address :domain :is ["To", "Cc", "Sender"] ["linux.ie", "xent.com", "example.sourceforge.net"] {
    fileinto "Domain";
} elsif address :domain :matches "From" "*.com" {
    fileinto "Commercial";
}
