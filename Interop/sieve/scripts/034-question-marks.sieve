require "fileinto";
if address :matches :localpart "From" "??????????*" { fileinto "LongName"; }
elsif header :matches "Subject" "Re: ?*?" { fileinto "Reply"; }
