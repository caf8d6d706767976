require ["mime", "foreverypart", "fileinto", "variables"];
set "types" "";
foreverypart {
    if header :mime :contenttype :matches "Content-Type" "*" { set "types" "${types} ${1}"; }
}
if string :matches "${types}" "*text/html*" { fileinto "HTML"; }
elsif string :contains "${types}" "multipart" { fileinto "Multi"; }
elsif not string "${types}" "" { fileinto "Other"; }
