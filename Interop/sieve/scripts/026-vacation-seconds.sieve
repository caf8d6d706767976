require ["vacation-seconds", "variables"];
if header :matches "Subject" "*" { set "subject" "${1}"; }
vacation :seconds 1800 :subject "Re: ${subject}" "Call me.";
