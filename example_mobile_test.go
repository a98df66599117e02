package switchboard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/switchboard-platform/switchboard"
)

// answering stands in for a server that always answers the same.
func answering(body string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
}

// A member lost the phone, and has the app switched off from the SIM in another one.
func ExampleMobileClient() {
	server := answering(`{"mobile_app_activation_status":"SUCCESS","mobile_app_activation_status_description":"Mobile App Deactivated successfully"}`)
	defer server.Close()

	c := switchboard.NewMobileClient(server.URL, "ussd-gateway", "the channel's secret")
	r, err := c.DeactivateMobileApp(context.Background(), switchboard.DeactivateMobileAppRequest{
		MSISDN: "254712345678",
		PIN:    "1234",
		Device: switchboard.Device{Type: switchboard.DeviceIMSI, ID: "639020000000001"},
	})
	fmt.Println(r.OK(), r.Description, err)
	// Output: true Mobile App Deactivated successfully <nil>
}

// Not everything that is not a success is an error: a wrong PIN is the member's business.
func ExampleMobileClient_Login() {
	server := answering(`{"login_status":"SUSPENDED","auth_action_valid_date":"2020-12-08 09:34:33","login_attempts":4}`)
	defer server.Close()

	c := switchboard.NewMobileClient(server.URL, "app-back-end", "the channel's secret")
	r, err := c.Login(context.Background(), switchboard.LoginRequest{
		MSISDN: "254712345678",
		PIN:    "4321",
		Device: switchboard.Device{Type: switchboard.DeviceAppID, ID: "1099200912931023"},
	})
	switch {
	case err != nil:
		fmt.Println("try again later:", err)
	case r.Status == switchboard.MobileSetPIN:
		fmt.Println("choose a PIN of your own")
	case r.Status == switchboard.MobileSuspended:
		fmt.Println("come back on", r.ValidUntil.Time.Format("2 January at 15:04"))
	case r.OK():
		fmt.Println("welcome")
	}
	// Output: come back on 8 December at 09:34
}

// A call without a result says under which id it was made: with it the same call can be made again.
func ExampleMobileError() {
	server := answering(`{"change_pin_status":"ERROR","change_pin_status_description":"The account is suspended."}`)
	defer server.Close()

	c := switchboard.NewMobileClient(server.URL, "app-back-end", "the channel's secret")
	_, err := c.ChangePIN(context.Background(), switchboard.ChangePINRequest{
		APIRequestID: "df3e7cf5-1e4b-41ef-a22f-e755be665432",
		MSISDN:       "254712345678",
		PIN:          "1234",
		NewPIN:       "2580",
		Device:       switchboard.Device{Type: switchboard.DeviceAppID, ID: "1099200912931023"},
	})
	var failed *switchboard.MobileError
	if errors.As(err, &failed) {
		fmt.Println(failed.HTTPStatus, failed.Status, failed.Description, failed.APIRequestID)
	}
	// Output: 200 ERROR The account is suspended. df3e7cf5-1e4b-41ef-a22f-e755be665432
}
