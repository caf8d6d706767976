# execute
require ["editheader", "variables"];
if header :matches "Subject" "Re: *" {
    deleteheader "Subject";
    addheader :last "Subject" "${1}";
}
