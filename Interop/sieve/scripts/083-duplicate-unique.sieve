require ["duplicate", "variables", "fileinto"];
if header :matches "Message-ID" "*" {
    if duplicate :uniqueid "${1}" :seconds 3600 { fileinto "Again"; }
}
