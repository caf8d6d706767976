require ["variables", "fileinto", "imap4flags"];
if address :matches "From" "*@*.*" {
    set "domain" "${2}";
    if address :matches "To" "*@*" { set "to" "${1}"; }
    fileinto :flags "from-${domain}" "To/${to}";
}
