# What stands in brackets at the head of the subject.
require ["fileinto", "variables"];
if header :matches "Subject" "*[[]*[]]*" { fileinto "Brackets"; }
elsif header :matches "Subject" ["Re: [*] *", "[*] *"] { fileinto "Tag/${1}"; }
